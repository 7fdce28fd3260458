import { createSubscriber } from '@steadywire/core'
import { supabase } from '@steadywire/supabase'
import { expect, it, onTestFinished, vi } from 'vitest'
import { followTeam, startLive } from '../src/guide/app.ts'
import { appLifecycle } from '../src/guide/native.ts'
import { team } from '../src/guide/team.ts'
import { blocksOf, sourcesOf } from './docs.ts'
import { faultsIn, signedUp, startProject } from './project.ts'

const patience = { timeout: 10_000 }

it('shows code that is compiled', () => {
  const [short, ...whole] = [...blocksOf('supabase.md', 'ts')].sort((a, b) => a.length - b.length)
  expect(short).toBe("supabase({ url, key, feed: 'broadcast' })\n")
  expect(whole.sort()).toEqual([...sourcesOf('guide')].sort())
})

it('leads from an empty project to live events, by rows and by broadcasts', { timeout: 60_000 }, async () => {
  const [rights = '', diagnosis = '', append = '', broadcast = '', retention = '', ...more] = blocksOf(
    'supabase.md',
    'sql',
  )
  expect(more).toEqual([])
  const project = await startProject()
  const { url, publishableKey } = project
  await project.run(rights)
  expect(faultsIn(await project.run(diagnosis))).toEqual([])

  vi.stubEnv('SUPABASE_URL', url)
  vi.stubEnv('SUPABASE_SECRET_KEY', project.secretKey)
  const { emitter, tellOfNote } = await import('../src/guide/backend.ts')
  onTestFinished(() => emitter.close())
  const { client, userId } = await signedUp(project)
  await project.sql('insert into public.team_members values ($1, $2)', ['7', userId])
  const live = startLive(client, url, publishableKey, userId)
  onTestFinished(() => live.close())
  const shown: string[] = []
  const reload = vi.fn(async () => {})
  await followTeam(live, '7', (text) => shown.push(text), reload).ready
  expect(reload).toHaveBeenCalledOnce()
  await tellOfNote('7', 'note-1', 'from a backend')
  await tellOfNote('7', 'note-1', 'said again')
  await project.run(append)
  await vi.waitFor(() => expect(shown).toEqual(['from a backend', 'from SQL']), patience)

  await project.run(broadcast)
  const token = (await client.auth.getSession()).data.session?.access_token ?? ''
  const quick = createSubscriber({
    transport: supabase({ url, key: publishableKey, feed: 'broadcast' }),
    identity: { subject: userId, token },
  })
  onTestFinished(() => quick.close())
  const heard: string[] = []
  await quick.subscribe(team({ teamId: '7' }), { event: ({ data }) => void heard.push(data.text), gap() {} }).ready
  await tellOfNote('7', 'note-2', 'to both')
  await vi.waitFor(() => expect([heard, shown.at(-1)]).toEqual([['to both'], 'to both']), patience)
  await project.run(retention)
  expect(faultsIn(await project.run(diagnosis))).toEqual([])
})

it('lets no one read a team that is not his', { timeout: 60_000 }, async () => {
  const project = await startProject()
  const [rights = ''] = blocksOf('supabase.md', 'sql')
  await project.run(rights)
  const { client, userId } = await signedUp(project)
  const live = startLive(client, project.url, project.publishableKey, userId)
  onTestFinished(() => live.close())
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const following = followTeam(
    live,
    '7',
    () => {},
    async () => {},
  )
  await expect(following.ready).rejects.toMatchObject({ code: 'forbidden' })
})

it('tells the subscriber when a phone puts the app away, and when it comes back', () => {
  const told: string[] = []
  let change = (_: string): void => {}
  const remove = vi.fn()
  const stop = appLifecycle({
    addEventListener(_, listener) {
      change = listener
      return { remove }
    },
  }).watch({
    suspended: (reason) => told.push(`suspended: ${reason}`),
    resumed: (reason) => told.push(`resumed: ${reason}`),
    held: () => told.push('held'),
    released: () => told.push('released'),
    woke: () => told.push('woke'),
  })
  for (const state of ['inactive', 'active', 'inactive', 'background', 'inactive', 'active']) change(state)
  expect(told).toEqual(['woke', 'suspended: background', 'resumed: background'])
  stop()
  expect(remove).toHaveBeenCalledOnce()
})
