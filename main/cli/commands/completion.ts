import type { Command as Commander } from 'commander'
import type { Command } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { completionScript, type Shell } from '../completion-script.ts'
import { buildProgram } from '../program.ts'

/** `tidekeep completion SHELL`. */
export const completion: Command = async ({ output }, { args }) => {
  const tree: Commander = buildProgram('', () => async () => undefined)
  const shell = args[0] as Shell
  const script = completionScript(tree, shell)
  if (output.machine) output.result({ type: 'completion', shell, script })
  else output.raw(script)
  return EXIT.ok
}
