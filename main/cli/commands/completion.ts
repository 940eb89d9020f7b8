import type { Command } from '../context.ts'
import { completionScript, type Shell } from '../completion-script.ts'
import { EXIT } from '../exit-codes.ts'

/** `tidekeep completion SHELL`. */
export const completion: Command = async ({ output, program }, { args }) => {
  const shell = args[0] as Shell
  const script = completionScript(program, shell)
  if (output.machine) output.result({ type: 'completion', shell, script })
  else output.raw(script)
  return EXIT.ok
}
