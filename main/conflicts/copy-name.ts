import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { MAX_SEGMENT_LENGTH, nameProblem, type NameRules } from '../../common/name-rules.ts'
import { joinRelPath, nameOf, parentOf } from '../../common/paths.ts'
import { conflictFailureTexts } from './conflict-failure-texts.ts'
import { say } from '../../common/messages/wording.ts'

/** What a copy is called after. */
export interface CopyNaming {
  readonly hostName: string
  /** Host-clock milliseconds. */
  readonly nowMs: number
}

/**
 * `name (HOST 2026-11-21).ext`, in the folder of `path`; from the second `turn` on with a number. A name that would be too
 * long loses the end of its stem.
 */
export function copyPath(path: RelPath, { hostName, nowMs }: CopyNaming, turn = 1): RelPath {
  const day = new Date(nowMs).toISOString().slice(0, 10)
  const mark = ` (${plainHostName(hostName)} ${day}${turn === 1 ? '' : ` ${turn}`})`
  const name = nameOf(path)
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 && name.length - dot <= 20 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const characters = Array.from(stem)
  while (Buffer.byteLength(`${characters.join('')}${mark}${ending}`) > MAX_SEGMENT_LENGTH) characters.pop()
  return joinRelPath(parentOf(path), `${characters.join('')}${mark}${ending}`)
}

/** A name that a person gave to the copy, beside `path`. Throws `invalid` for one that the rules of the source do not allow. */
export function namedCopyPath(path: RelPath, name: string, rules: NameRules): RelPath {
  const refused = name.includes('/') ? conflictFailureTexts.copyName.slash : nameProblem(name, rules)
  if (refused === undefined && name !== '' && name !== nameOf(path)) return joinRelPath(parentOf(path), name)
  throw new TidekeepError({
    code: 'invalid',
    message: conflictFailureTexts.copyName.cannotBeTheNameOf({
      name: JSON.stringify(name),
      problem: say(refused ?? conflictFailureTexts.copyName.emptyOrSame),
    }),
    path,
    fix: conflictFailureTexts.copyName.cannotBeTheNameOfFix,
  })
}

/** The first part of a host's name, without what a file name should not have. */
function plainHostName(hostName: string): string {
  const plain = (hostName.split('.')[0] ?? '').replaceAll(/[^\p{L}\p{N}_-]/gu, '').slice(0, 40)
  return plain === '' ? 'this computer' : plain
}
