import { processIo } from './console-io.ts'
import { createPorts } from './node-ports.ts'
import { runCommandLine } from './run-command-line.ts'

/**
 * The command line. `argv` is what follows the program's name. Resolves with the exit code and
 * never throws; the caller sets `process.exitCode`, so that output is flushed.
 */
export async function main(argv: readonly string[]): Promise<number> {
  return runCommandLine(argv, { io: processIo(), ports: createPorts() })
}
