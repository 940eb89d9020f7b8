/**
 * One task of the delta core in a process of its own, as a worker thread would run it; its result goes
 * out as JSON. Plain JavaScript on the build in out/, so that what is measured is what users run.
 *
 *   node bench/delta-task.mjs sign <file> <signature out> [block bytes]
 *   node bench/delta-task.mjs match <file> <signature> <literals out> [block bytes]
 *
 * `match` also copies the bytes that are new into a file: what peers write is part of their time too.
 */
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { matchFile } from '../out/workers/delta/match-file.js'
import { shapeFor } from '../out/workers/delta/shape.js'
import { signFile } from '../out/workers/delta/sign-file.js'

const [command, path = '', signaturePath = '', ...rest] = process.argv.slice(2)
const { size, mtimeNs, ctimeNs, dev, ino } = statSync(path, { bigint: true })
const file = { absolutePath: path, size: Number(size), mtimeNs, ctimeNs, inode: `${dev}:${ino}` }

function measured(run) {
  const startedMs = performance.now()
  const cpuBefore = process.cpuUsage()
  const value = run()
  const { user, system } = process.cpuUsage(cpuBefore)
  return { value, taskSeconds: (performance.now() - startedMs) / 1000, taskCpuSeconds: (user + system) / 1e6 }
}

/** Copies the runs that are new; answers how many bytes they have. */
function writeLiterals(runs, to) {
  const buffer = Buffer.alloc(1024 * 1024)
  const from = openSync(path, 'r')
  const out = openSync(to, 'w')
  let bytes = 0
  for (let at = 0; at < runs.length; at += 3) {
    if (runs[at + 2] !== -1) continue
    for (let done = 0; done < runs[at + 1];) {
      const read = readSync(from, buffer, 0, Math.min(buffer.length, runs[at + 1] - done), runs[at] + done)
      writeSync(out, buffer, 0, read)
      done += read
    }
    bytes += runs[at + 1]
  }
  closeSync(from)
  closeSync(out)
  return bytes
}

if (command === 'sign') {
  const { value, ...times } = measured(() => signFile({ file, shape: shapeFor(file.size, Number(rest[0] ?? 0)) }))
  writeFileSync(signaturePath, value.signature)
  console.log(JSON.stringify({ ...times, bytes: value.signature.length }))
} else {
  const signature = new Uint8Array(readFileSync(signaturePath))
  const shape = shapeFor(file.size, Number(rest[1] ?? 0))
  const { value, ...times } = measured(() => matchFile({ file, signature, shape }))
  console.log(JSON.stringify({ ...times, bytes: writeLiterals(value.runs, rest[0]), runs: value.runs.length / 3 }))
}
