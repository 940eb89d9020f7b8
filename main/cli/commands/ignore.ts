import { resolve, sep } from 'node:path'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { lookAt } from '../look.ts'
import type { IgnoreAnswer, IgnoreFolder } from '../ports.ts'
import { printable } from '../printable.ts'
import { cliTexts } from '../cli-texts.ts'

type Asked = IgnoreFolder & { readonly isConfigured: boolean }

/** `tidekeep ignore check PATH`: which line of which file decides, as `git check-ignore -v` tells it. */
export const ignoreCheck: Command = async (context, input) => {
  const path = resolve(context.absolute(input.args[0] as string))
  const folder = await folderOf(context, input, path)
  const answer = await context.ports.checkIgnore(folder, path)
  const { isConfigured } = folder
  context.output.line(answer.ignored ? leftOut(path, answer) : taken(input, { path, isConfigured }))
  context.output.result({ type: 'ignore', path, root: folder.path, isConfigured, ...answer })
  return EXIT.ok
}

/** The innermost configured folder around the path, or `--root`, or the working directory. */
async function folderOf(context: Context, input: Input, path: string): Promise<Asked> {
  const settings = (await context.ports.config(context.paths, context.io.env)).values
  const named = input.options['root'] as string | undefined
  const root = named === undefined ? undefined : resolve(context.absolute(named))
  const around = settings.folders
    .filter((folder) => (root === undefined ? isInside(path, folder.path) : folder.path === root))
    .toSorted((left, right) => right.path.length - left.path.length)[0]
  return {
    path: root ?? around?.path ?? context.io.workingDirectory,
    ignore: around?.ignore ?? [],
    globalIgnore: settings.ignore,
    isConfigured: around !== undefined,
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** Kept safe is only what is there, in a folder that is. */
function taken(
  { options }: Input,
  { path, isConfigured }: { readonly path: string; readonly isConfigured: boolean },
): string {
  const { isKeptSafe, isNotLeftOut, isInNoFolder } = cliTexts.ignore
  if (isConfigured) return (lookAt(path) === undefined ? isNotLeftOut : isKeptSafe)({ path: printable(path) })
  return (options['root'] === undefined ? isInNoFolder : isNotLeftOut)({ path: printable(path) })
}

function leftOut(path: string, { file, line, pattern, through }: IgnoreAnswer): string {
  const place =
    file === undefined
      ? ''
      : `${file}${line === undefined ? '' : `:${line}`}${pattern === undefined ? '' : `: ${pattern}`}`
  const shown = printable(path)
  const by = place === '' ? '' : cliTexts.ignore.decidedBy({ place: printable(place) })
  if (through === undefined) return `${cliTexts.ignore.isLeftOut({ path: shown })}${by}`
  return `${cliTexts.ignore.isLeftOutThrough({ path: shown, through: printable(through) })}${by}`
}
