/** Lua that both scripts share: what is known of single entries of `stream`. An entry's id is `seq-time`. */
export const entries = `
local function split(id)
  local seq, time = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(seq), tonumber(time)
end

-- The first entry at or above seq: its seq, its time.
local function entryFrom(seq)
  local entry = redis.call('XRANGE', stream, seq, '+', 'COUNT', 1)[1]
  if entry then return split(entry[1]) end
end

-- The mark at seq: of the last entry that has it.
local function markOf(seq)
  local entry = redis.call('XREVRANGE', stream, seq, seq, 'COUNT', 1)[1]
  return entry and string.sub(string.match(entry[2][2], '^{"id":"([%w_.:-]+)"') or '', -8) or ''
end

-- The first seq from low on whose event is younger than cut; the event at high is.
local function firstYounger(low, high, cut)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local at, time = entryFrom(middle)
    if at and time <= cut then low = at + 1 else high = middle end
  end
  return low
end

local function wall()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
`
