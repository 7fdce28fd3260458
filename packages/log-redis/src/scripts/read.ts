import { entries } from './entries.ts'

/**
 * Says what is known of a topic. KEYS: the topic's hash, its stream. ARGV: maxAgeMs; the reader's seq, epoch and mark (or
 * ''); and, if the entries are not read beside it, XRANGE or XREVRANGE, from, to and limit.
 *
 * Answers nothing for the unborn, else: epoch, oldest, head, its mark, the mark of `oldest - 1`, '1' if sealed, why the
 * reader gets no events ('foreign', 'rewound' or ''), and the entries if they were asked for.
 */
export const readScript = `#!lua flags=no-writes
local hash, stream = KEYS[1], KEYS[2]
${entries}
local maxAge, after = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = redis.call('HMGET', hash, 'epoch', 'head', 'mark', 'oldest', 'low', 'since', 'sealed', 'time')
local epoch, mark, low, sealed = found[1], found[3], found[5], found[7]
if not epoch then return {} end
local head, oldest = tonumber(found[2]), tonumber(found[4])

local cut = wall() - maxAge
if tonumber(found[8]) <= cut then
  oldest, low = head + 1, mark
elseif redis.call('XLEN', stream) < head - oldest + 1 then
  -- Somebody else removed entries: what is missing from below counts as trimmed.
  local at = entryFrom(oldest) or head + 1
  if at > oldest then oldest, low = at, at > head and mark or '' end
end
if oldest <= head and tonumber(found[6]) <= cut then
  local from = firstYounger(oldest, head, cut)
  if from > oldest then oldest, low = from, markOf(from - 1) end
end

local why = ''
if ARGV[3] ~= '' and ARGV[3] ~= epoch then
  why = 'foreign'
elseif ARGV[4] ~= '' then
  local known = ''
  if after == head then known = mark
  elseif after == oldest - 1 then known = low
  elseif after >= oldest and after < head then known = markOf(after) end
  if known ~= '' and known ~= ARGV[4] then why = 'rewound' end
end
local entries = {}
if why == '' and ARGV[5] then entries = redis.call(ARGV[5], stream, ARGV[6], ARGV[7], 'COUNT', ARGV[8]) or {} end
return { epoch, oldest, head, mark, low, sealed and '1' or '', why, entries }
`
