import { TidekeepError } from '../../../common/errors.ts'
import type { TargetProvider } from '../provider.ts'
import { isMutation, wrapProvider } from './wrap.ts'

/** Refuses every change with `unsupported`: what a dry run gets, so that it cannot write even by mistake (I23). */
export function readOnly(inner: TargetProvider): TargetProvider {
  return wrapProvider(inner, {
    call: async ({ name, path }, run) => {
      if (isMutation(name))
        throw new TidekeepError({
          code: 'unsupported',
          message: `Nothing is changed at ${inner.location} in a dry run.`,
          ...(path === undefined ? {} : { path }),
        })
      return run()
    },
  })
}
