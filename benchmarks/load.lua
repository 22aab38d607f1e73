-- Sends the lines of the file BODIES in turn: method, path, token and body, separated by tabs.
local lines, at = {}, tonumber(os.getenv("FIRST") or "0")
function init()
  for line in io.lines(os.getenv("BODIES")) do lines[#lines + 1] = line end
end
function request()
  at = at + 1
  local method, path, token, body = string.match(lines[(at - 1) % #lines + 1], "^(%S+)\t(%S+)\t(%S*)\t(.*)$")
  local headers = {["Content-Type"] = "application/json"}
  if token ~= "" then headers["Authorization"] = "Bearer " .. token end
  if method == "GET" then body = nil end
  return wrk.format(method, path, headers, body)
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %f %f %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(95), errors.status + errors.read + errors.timeout + errors.connect))
end
