import { memo, type ReactElement, useMemo } from 'react'
import { leavesOf, type TreeNode, treeOf } from '../data/file-tree.ts'
import type { View } from '../data/view.ts'
import { plural } from '../format.ts'
import { Panel } from './panel.tsx'

/** Every file that was changed, as a tree. */
export const Files = memo(function Files({ files }: { readonly files: View['files'] }) {
  const nodes = useMemo(() => treeOf(files), [files])
  const newest = useMemo(() => Object.values(files).reduce((most, { seq }) => Math.max(most, seq), 0), [files])
  const count = leavesOf(nodes)
  return (
    <Panel name="files" title="Files" note={count > 0 ? plural(count, 'file') : undefined}>
      {nodes.length > 0 ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section className="scroll" tabIndex={0} aria-label="Changed files">
          <Level nodes={nodes} newest={newest} />
        </section>
      ) : (
        <p className="empty">No file was changed yet.</p>
      )}
    </Panel>
  )
})

function Level({ nodes, newest }: { readonly nodes: readonly TreeNode[]; readonly newest: number }): ReactElement {
  return (
    <ul dir="ltr">
      {nodes.map((node) =>
        node.kind === 'folder' ? (
          <li key={node.path}>
            <details open>
              <summary>
                {node.name}/ <small>{node.count}</small>
              </summary>
              <Level nodes={node.children} newest={newest} />
            </details>
          </li>
        ) : (
          <li key={node.path} className="file" data-action={node.action} data-newest={node.seq === newest}>
            {node.action === 'delete' ? <del>{node.name}</del> : node.name}
            {node.action === 'delete' && <span className="hidden"> was deleted</span>}
          </li>
        ),
      )}
    </ul>
  )
}
