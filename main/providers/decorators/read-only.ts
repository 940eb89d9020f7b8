import { TidekeepError } from '../../../common/errors.ts'
import type { TargetProvider } from '../provider.ts'
import { surround, type CallName } from './intercept.ts'
import { targetFailureTexts } from './target-failure-texts.ts'

/** Calls that change the target. */
export const MUTATIONS: ReadonlySet<CallName> = new Set([
  'put',
  'putBatch',
  'remove',
  'move',
  'setMetadata',
  'makeDirectory',
  'assemble',
  'removeLeftover',
  'removeKept',
  'releaseKept',
  'putBackKept',
  // It costs money.
  'thaw',
])

/** For dry runs (I23): reads pass, every mutation throws before it reaches the provider. */
export function readOnly(inner: TargetProvider): TargetProvider {
  return surround(
    inner,
    async ({ name, path }, run) => {
      if (!MUTATIONS.has(name)) return run()
      throw new TidekeepError({
        code: 'forbidden',
        message: targetFailureTexts.readOnly.aDryRunDoesNot({ name }),
        path,
      })
    },
    (_call, run) => run(),
  )
}
