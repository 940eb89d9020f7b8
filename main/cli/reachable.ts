import { isTidekeepError } from '../../common/errors.ts'
import { parseLocation } from '../../common/location.ts'
import { EXIT } from './exit-codes.ts'
import { CommandError } from './failure.ts'
import { lookAt } from './look.ts'
import { cliTexts } from './cli-texts.ts'

/** Runs `work`, whose `not-found` means the target as a whole: unreachable (exit code 13). */
export async function reachable<T>(target: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isTidekeepError(error) || error.code !== 'not-found') throw error
    throw new CommandError(EXIT.network, {
      code: 'not-found',
      message: error.message,
      path: target,
      fix: error.fix ?? cliTexts.reachable.checkTheAddressOrWhether,
      cause: error,
    })
  }
}

/** Throws (exit code 13) when a local target is no folder that is there: an absent disk must not pass for an empty target. */
export function requireReachable(target: string): void {
  const location = parseLocation(target, (path) => path)
  if (location.scheme !== 'file' || lookAt(location.path)?.isDirectory() === true) return
  throw new CommandError(EXIT.network, {
    code: 'unavailable',
    message: cliTexts.reachable.theTargetIsNotThere({ target }),
    path: target,
    fix: cliTexts.reachable.theTargetIsNotThereFix,
  })
}
