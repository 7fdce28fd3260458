import { type SwrRules, useSwrInvalidation } from '../src/swr.ts'
import { useQueryInvalidation } from '../src/tanstack-query.ts'
import { topic } from './org.ts'

export function useTyped(): void {
  useSwrInvalidation(topic, {
    '*': '/api/all',
    'job.*': ({ type }) => `/api/jobs?${type satisfies 'job.created' | 'job.updated'}`,
    'JOB_*': ({ type }) => type satisfies 'JOB_CREATED',
    'job.updated': ({ data }) => `/api/titles/${data.title.trim()}`,
    'evidence.uploaded': ({ data, entity }) => [`/api/documents/${entity?.id}`, ['/api/bytes', data.bytes.toFixed()]],
  })
  // @ts-expect-error: no type of the topic begins like that
  useSwrInvalidation(topic, { 'jobs.*': '/api/jobs' })
  // @ts-expect-error: the topic has no such type
  useSwrInvalidation(topic, { 'job.deleted': '/api/jobs' })
  // @ts-expect-error: an array is several keys; one that is an array stands in another
  useSwrInvalidation(topic, { 'job.*': ['/api/jobs', 7] })
  useSwrInvalidation(topic, { 'job.*': [['/api/jobs', 7]] })
  // @ts-expect-error: no event of the jobs has that
  useSwrInvalidation(topic, { 'job.*': ({ data }) => `/api/${data.bytes}` })
  const kept = { 'job.*': '/api/jobs', 'jbo.updated': '/api/jobs' }
  // @ts-expect-error: neither in rules that are kept
  useSwrInvalidation(topic, kept)
  const right = { 'job.*': '/api/jobs', '*': ({ type }: { readonly type: string }) => type }
  useSwrInvalidation(topic, right)
  const typed: SwrRules<typeof topic> = { 'job.updated': ({ data }) => data.title }
  useSwrInvalidation(topic, typed)
  useSwrInvalidation('org:1', { 'whatever.*': ({ type }) => `/api/${type}`, other: '/api' })
  useSwrInvalidation(undefined, { '*': '/api' })

  useQueryInvalidation(topic, {
    'job.*': ['jobs', 7],
    'evidence.uploaded': ({ data, entity }) => ({ keys: [['jobs'], ['documents', entity?.id, data.bytes.toFixed()]] }),
    'JOB_*': () => undefined,
  })
  // @ts-expect-error: no type of the topic begins like that
  useQueryInvalidation(topic, { 'jobs.*': ['jobs'] })
  const keptQueries = { 'job.*': ['jobs'], 'jbo.updated': ['jobs'] }
  // @ts-expect-error: neither in rules that are kept
  useQueryInvalidation(topic, keptQueries)
  useQueryInvalidation(topic, { 'job.*': keptQueries['job.*'] })
  // @ts-expect-error: a query's key is an array
  useQueryInvalidation(topic, { 'job.*': 'jobs' })
  // @ts-expect-error: and so is each of several
  useQueryInvalidation(topic, { 'job.*': { keys: ['jobs'] } })
  // @ts-expect-error: the types that the pattern matches
  useQueryInvalidation(topic, { 'job.*': ({ type }) => [type satisfies 'job.created'] })
}
