import { entries } from './entries.ts'

/** What is given for each draft: the hash fields that remember it, its mark, '1' if it is final, its text in three parts. */
export const argumentsPerDraft = 7

/** Above it, the events themselves are not published: followers are told to read. */
const maxPublishedBytes = 65_536

/**
 * Appends in one step. KEYS: the topic's hash, its stream. ARGV: an epoch if one is needed, the channel, the topic as
 * JSON, keyWindowMs, maxRemembered, maxEvents, maxAgeMs, forgetIdleMs, '1' to write even if all is known; then the drafts.
 *
 * Answers the epoch and, for each draft, its seq as a number, or for a repeat 'seq' (by id) or 'seq mark' (by key).
 * Answers 'sealed', and has written nothing, if the topic has ended.
 */
export const appendScript = `#!lua
local hash, stream = KEYS[1], KEYS[2]
${entries}
local channel, topic = ARGV[2], ARGV[3]
local keyWindow, maxRemembered = tonumber(ARGV[4]), tonumber(ARGV[5])
local maxEvents, maxAge, forgetIdle = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local firstDraft, perDraft = 10, ${argumentsPerDraft}

local fields = { 'epoch', 'head', 'mark', 'oldest', 'low', 'since', 'sealed', 'time', 'first', 'next', 'count', 'due' }
local meta = #fields
for i = firstDraft, #ARGV, perDraft do
  fields[#fields + 1] = ARGV[i]
  fields[#fields + 1] = ARGV[i + 1]
end
local found = redis.call('HMGET', hash, unpack(fields))
local epoch, mark, low, sealed = found[1], found[3] or '', found[5] or '', found[7]
local head, oldest, since = tonumber(found[2] or 0), tonumber(found[4] or 1), tonumber(found[6] or 0)
local first, next = tonumber(found[9] or 0), tonumber(found[10] or 0)
local count, due = tonumber(found[11] or 0), tonumber(found[12] or 0)
local now = wall()
local time = math.max(now, tonumber(found[8] or 0))

-- Look up: ids before keys, what is remembered before what is in this batch.
local answers, fresh, batch, memory, remembered = {}, {}, {}, {}, {}
local at = meta
for i = firstDraft, #ARGV, perDraft do
  local id, key = ARGV[i], ARGV[i + 1]
  local known = found[at + 1] or batch[id] or key ~= '' and (found[at + 2] or batch[key])
  at = at + 2
  if known then
    answers[#answers + 1] = known
  else
    if sealed then return 'sealed' end
    fresh[#fresh + 1] = i
    local seq = string.format('%d', head + #fresh)
    batch[id] = seq
    memory[#memory + 1], memory[#memory + 2] = id, seq
    remembered[#remembered + 1] = id
    if key ~= '' then
      batch[key] = seq .. ' ' .. ARGV[i + 2]
      memory[#memory + 1], memory[#memory + 2] = key, batch[key]
      remembered[#remembered + 1] = key
    end
    sealed = ARGV[i + 3] ~= ''
    answers[#answers + 1] = head + #fresh
  end
end
if #fresh == 0 then
  if ARGV[9] ~= '' then redis.call('HSET', hash, 'touched', now) end
  return { epoch, answers }
end

-- What the stream has beyond the head was never acknowledged: a part of a torn append (see page.ts).
local function removeFrom(seq)
  for _, stray in ipairs(redis.call('XRANGE', stream, seq, '+')) do redis.call('XDEL', stream, stray[1]) end
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if last then redis.call('XSETID', stream, last[1]) else redis.call('UNLINK', stream) end
end

-- Write. A hash that is gone takes its stream with it.
if not epoch then
  redis.call('UNLINK', hash, stream)
  epoch = ARGV[1]
end
if oldest > head then since = time end
local headBefore, markBefore = head, mark
local texts, bytes = {}, 0
for _, i in ipairs(fresh) do
  head = head + 1
  local entry = string.format('%d-%d', head, time)
  local text = ARGV[i + 4] .. string.format('%d', head) .. ARGV[i + 5] .. string.format('%d', time) .. ARGV[i + 6]
  local added = redis.pcall('XADD', stream, entry, 'e', text)
  if type(added) == 'table' and added.err then
    if not string.find(added.err, 'equal or smaller', 1, true) then return added end
    removeFrom(head)
    redis.call('XADD', stream, entry, 'e', text)
  end
  mark = ARGV[i + 2]
  texts[#texts + 1] = text
  bytes = bytes + #text
end

-- Trim. What is missing from below, since all of it was over age or somebody removed it, was trimmed already.
local from, cut = math.max(oldest, head - maxEvents + 1), now - maxAge
if time <= cut then
  from = head + 1
elseif from > oldest or since <= cut or redis.call('XLEN', stream) < head - oldest + 1 then
  local at, its = entryFrom(from)
  from = at or from
  if its and its <= cut then
    from = firstYounger(from + 1, head, cut)
    at, its = entryFrom(from)
  end
  since = its or time
end
if from > oldest then
  oldest = from
  low = from > head and mark or from - 1 == headBefore and markBefore or markOf(from - 1)
  redis.call('XTRIM', stream, 'MINID', string.format('%d', from))
end

-- Remember, and forget what is due, the oldest first.
if first == next then due = time end
memory[#memory + 1], memory[#memory + 2] = 'q' .. next, cmsgpack.pack({ time, #fresh, remembered })
redis.call('HSET', hash, unpack(memory))
next, count = next + 1, count + #fresh
local budget = #fresh + 100
local function queued(n)
  local packed = redis.call('HGET', hash, 'q' .. n)
  return packed and cmsgpack.unpack(packed) or { 0, 0, {} }
end
while first < next - 1 and budget > 0 and (count > maxRemembered or due < now - keyWindow) do
  local _, events, names = unpack(queued(first))
  redis.call('HDEL', hash, 'q' .. first, unpack(names))
  first, count, budget = first + 1, count - events, budget - events
  due = queued(first)[1]
end
redis.call('HSET', hash, 'epoch', epoch, 'head', head, 'mark', mark, 'oldest', oldest, 'low', low, 'since', since,
  'time', time, 'first', first, 'next', next, 'count', count, 'due', due)
if sealed then redis.call('HSET', hash, 'sealed', 1) end

-- What nobody appends to goes by itself: its events when all are over age, everything when it is forgotten.
local ends = math.min(time + maxAge, now + forgetIdle)
if ends < math.huge then redis.call('PEXPIREAT', stream, ends) else redis.call('PERSIST', stream) end
if forgetIdle < math.huge then redis.call('PEXPIREAT', hash, now + forgetIdle) else redis.call('PERSIST', hash) end

local items = bytes <= ${maxPublishedBytes} and table.concat(texts, '\\n,\\n') or ''
redis.call('PUBLISH', channel, '{"topic":' .. topic .. ',"epoch":"' .. epoch .. '","items":[\\n' .. items .. '\\n]}')
return { epoch, answers }
`
