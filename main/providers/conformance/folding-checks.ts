import { isTidekeepError, type ErrorCode } from '../../../common/errors.ts'
import {
  ANY,
  at,
  fileNames,
  list,
  load,
  must,
  mustFail,
  pattern,
  store,
  type Check,
  type CheckContext,
} from './check.ts'

const CASE = ['Report.txt', 'REPORT.TXT'] as const
const FORM = ['caf\u00e9.txt', 'cafe\u0301.txt'] as const
const FOLDERS = ['Photos', 'PHOTOS'] as const

/** How a place that is taken under another spelling may be refused. */
const REFUSALS: readonly ErrorCode[] = ['precondition-failed', 'already-exists', 'invalid']

/** What a target that takes several names for one has to do with them. */
export const FOLDING_CHECKS: readonly Check[] = [
  {
    name: 'holds one file for names that differ only by case, as it claims',
    needs: ['one-case'],
    run: (context) => holdsOne(context, CASE),
  },
  {
    name: 'holds one file for names that differ only in Unicode form, as it claims',
    needs: ['one-form'],
    run: (context) => holdsOne(context, FORM),
  },
  {
    name: 'lists a file that was replaced under another spelling once, or refuses that',
    needs: ['one-case'],
    run: async (context) => {
      const { entry } = await store(context, CASE[0], pattern(300))
      const expect = entry.etag === undefined ? ANY : ({ kind: 'etag', etag: entry.etag } as const)
      const size = await store(context, CASE[1], pattern(400), { expect }).then(() => 400, refused)
      const names = fileNames(context, await list(context))
      must(names.length === 1, `One file is listed as ${JSON.stringify(names)}.`)
      must((await load(context, names[0]!)).length === size, 'What is there is not what was put there last.')
    },
  },
  {
    name: 'moves a file to another spelling of its name',
    needs: ['one-case', 'move'],
    run: async (context) => {
      const { entry } = await store(context, CASE[0], pattern(300))
      const stale = { kind: 'etag', etag: `${entry.etag}x` } as const
      if (entry.etag !== undefined)
        await mustFail(move(context, CASE, stale), ['precondition-failed'], 'A move of what is not as expected')
      await move(context, CASE, entry.etag === undefined ? ANY : { kind: 'etag', etag: entry.etag })
      const names = fileNames(context, await list(context))
      must(names.length === 1 && names[0] === CASE[1], `The file is listed as ${JSON.stringify(names)}.`)
      must((await load(context, CASE[1])).length === 300, 'The file has other content than before.')
    },
  },
  {
    name: 'tells under which name it lists what is found under another',
    needs: ['one-case', 'spelling'],
    run: async (context) => {
      await store(context, `${FOLDERS[0]}/${CASE[0]}`, pattern(300))
      const { signal, provider } = context
      const told = await provider.features.spelling!(at(context, `${FOLDERS[0]}/${CASE[1]}`), { signal })
      must(told === CASE[0], `It is listed as ${JSON.stringify(told)}.`)
      const none = await provider.features.spelling!(at(context, 'nothing is here'), { signal })
      must(none === undefined, `What is not there is listed as ${JSON.stringify(none)}.`)
    },
  },
  {
    name: 'moves a folder to another spelling of its name, with what is in it',
    needs: ['one-case', 'move', 'makeDirectory'],
    run: async (context) => {
      await store(context, `${FOLDERS[0]}/inside.txt`, pattern(300))
      await move(context, FOLDERS, ANY)
      const names = fileNames(context, await list(context))
      must(names.length === 1 && names[0] === `${FOLDERS[1]}/inside.txt`, `Listed are ${JSON.stringify(names)}.`)
    },
  },
]

async function holdsOne(context: CheckContext, [name, other]: readonly [string, string]): Promise<void> {
  await store(context, name, pattern(300))
  await mustFail(store(context, other, pattern(400)), REFUSALS, 'A put to a place that is taken')
  must((await load(context, name)).length === 300, 'The put that was refused changed what was there.')
  const names = fileNames(context, await list(context))
  must(
    names.length === 1 && names[0] === name,
    `The file is not listed as it was put, but as ${JSON.stringify(names)}.`,
  )
}

/** What is there after a put that was refused. */
function refused(error: unknown): number {
  if (isTidekeepError(error) && REFUSALS.includes(error.code)) return 300
  throw error
}

function move(
  context: CheckContext,
  [from, to]: readonly [string, string],
  expect: Parameters<NonNullable<CheckContext['provider']['features']['move']>>[2]['expect'],
): Promise<unknown> {
  const { features } = context.provider
  return features.move!(at(context, from), at(context, to), { expect, signal: context.signal })
}
