import { entries } from './entries.ts'

/**
 * Reads one snapshot. KEYS: the topic's hash, its stream. ARGV: maxAgeMs; the position's seq, epoch and mark (or '');
 * the seq below which is read, the limit, '1' for the newest.
 *
 * Answers nothing for the unborn, else: epoch, oldest, head, its mark, the mark of `oldest - 1`, '1' if sealed, why there
 * are no events ('foreign', 'rewound' or ''), and the events' texts, ascending, a line each.
 */
export const readScript = `#!lua flags=no-writes
local hash, stream = KEYS[1], KEYS[2]
${entries}
local maxAge, after, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[6])
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

local function page(why, texts)
  return { epoch, oldest, head, mark, low, sealed and '1' or '', why, texts }
end

if ARGV[3] ~= '' and ARGV[3] ~= epoch then return page('foreign', '') end
if ARGV[4] ~= '' then
  local known = ''
  if after == head then known = mark
  elseif after == oldest - 1 then known = low
  elseif after >= oldest and after < head then known = markOf(after) end
  if known ~= '' and known ~= ARGV[4] then return page('rewound', '') end
end

local from, to = math.max(after + 1, oldest), math.min(head, tonumber(ARGV[5]) - 1)
if from > to or limit < 1 then return page('', '') end
local texts = {}
if ARGV[7] == '' then
  for n, entry in ipairs(redis.call('XRANGE', stream, from, to, 'COUNT', limit)) do texts[n] = entry[2][2] end
else
  local newest = redis.call('XREVRANGE', stream, to, from, 'COUNT', limit)
  for n, entry in ipairs(newest) do texts[#newest - n + 1] = entry[2][2] end
end
return page('', table.concat(texts, '\\n'))
`
