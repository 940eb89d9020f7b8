/**
 * The strict S3 store of the tests as a process of its own. Prints its endpoint; for each line on
 * standard input one line with the bytes and requests since the line before, after `operations` by what they were. Ends with standard
 * input.
 */
import { createInterface } from 'node:readline'
import { startS3Server } from '../test/fakes/s3/server.ts'

const server = await startS3Server({ accessKeyId: 'BENCH', secretAccessKey: 'bench-secret', buckets: ['bench'] })
console.log(server.endpoint)
for await (const line of createInterface(process.stdin)) {
  const bytesIn = server.requests.reduce((sum, request) => sum + request.bytesIn, 0)
  const byOperation = Object.groupBy(server.requests, ({ operation }) => operation)
  const counts = Object.fromEntries(Object.entries(byOperation).map(([name, list]) => [name, list?.length ?? 0]))
  console.log(JSON.stringify({ bytesIn, requests: line === 'operations' ? counts : server.requests.length }))
  server.forget()
}
await server.close()
