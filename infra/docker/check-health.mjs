// node check-health.mjs URL...: exits 0 when each answers 200. For containers without curl. Plain JavaScript and
// node:http, because it runs all the time: stripping types, or fetch, would double what that costs.
import { get } from 'node:http'

const urls = process.argv.slice(2)
if (urls.length === 0) throw new Error('which addresses?')
for (const url of urls) {
  const fail = (/** @type {string} */ reason) => {
    process.stderr.write(`${url}: ${reason}\n`)
    process.exit(1)
  }
  get(url, { timeout: 3_000 }, (response) => {
    if (response.statusCode !== 200) fail(`${response.statusCode}`)
    response.resume()
  })
    .on('timeout', () => fail('no answer'))
    .on('error', (error) => fail(error.message))
}
