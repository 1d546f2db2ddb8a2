-- What wrk sends, and one line of JSON of what it saw. WRK_BODY names a file to POST; without it, GET.
local path = os.getenv("WRK_BODY")
if path then
   local file = assert(io.open(path, "rb"))
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "image/jpeg"
   wrk.body = file:read("*a")
   file:close()
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"max_ms":%.4f,"refused":%d,"failed":%d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
