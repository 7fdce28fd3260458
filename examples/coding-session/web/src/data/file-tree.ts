import type { FileState, View } from './view.ts'

export type TreeNode =
  | {
      readonly kind: 'folder'
      readonly name: string
      readonly path: string
      readonly children: readonly TreeNode[]
      readonly count: number
    }
  | ({ readonly kind: 'file'; readonly name: string; readonly path: string } & FileState)

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: Map<string, FileState>
}

/** Changed files as folders in folders, by name, folders first; a folder with nothing but a folder is one line with it. */
export function treeOf(files: View['files']): readonly TreeNode[] {
  const root: Folder = { folders: new Map(), files: new Map() }
  for (const [path, state] of Object.entries(files)) {
    const names = path.split('/')
    const name = names.pop() ?? path
    let folder = root
    for (const part of names) {
      const next = folder.folders.get(part) ?? { folders: new Map(), files: new Map() }
      folder.folders.set(part, next)
      folder = next
    }
    folder.files.set(name, state)
  }
  return nodesOf(root, '')
}

function nodesOf({ folders, files }: Folder, prefix: string): readonly TreeNode[] {
  const inner = [...folders].sort(byName).map(([name, folder]): TreeNode => {
    const path = `${prefix}${name}/`
    const children = nodesOf(folder, path)
    const [only] = children
    if (children.length === 1 && only?.kind === 'folder') return { ...only, name: `${name}/${only.name}` }
    return { kind: 'folder', name, path, children, count: leavesOf(children) }
  })
  // A folder that was made is told as a change, too.
  const own = [...files]
    .filter(([name]) => !folders.has(name))
    .sort(byName)
    .map(([name, state]): TreeNode => ({ kind: 'file', name, path: `${prefix}${name}`, ...state }))
  return [...inner, ...own]
}

/** How many files there are: a folder counts by what is in it. */
export function leavesOf(nodes: readonly TreeNode[]): number {
  return nodes.reduce((sum, node) => sum + (node.kind === 'folder' ? node.count : 1), 0)
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => a.localeCompare(b, 'en')
