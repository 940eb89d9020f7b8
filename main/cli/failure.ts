import {
  isTidekeepError,
  toTidekeepError,
  type ErrorCode,
  type ErrorParts,
  TidekeepError,
} from '../../common/errors.ts'
import { EXIT, EXIT_BY_ERROR, type ExitCode } from './exit-codes.ts'
import { cliTexts } from './cli-texts.ts'

/** An error that knows the exit code its code alone does not tell: usage, not configured. */
export class CommandError extends TidekeepError {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, parts: ErrorParts) {
    super(parts)
    this.exitCode = exitCode
  }
}

/** Something is wrong with what was typed (exit code 2). */
export function usageError(message: string, fix: string): CommandError {
  return new CommandError(EXIT.usage, { code: 'invalid', message, fix })
}

/** The command needs something that was never set up (exit code 10). */
export function notConfigured(message: string, fix: string): CommandError {
  return new CommandError(EXIT.notConfigured, { code: 'not-found', message, fix })
}

/** The object `--json` prints when a command fails as a whole. */
export interface ErrorObject {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
  readonly path?: string
  readonly fix?: string
  readonly exitCode: ExitCode
}

/** Anything thrown, as scripts get it. */
export function describeError(thrown: unknown): ErrorObject {
  const error = toTidekeepError(thrown)
  const fix = error.fix ?? (error.code === 'internal' ? cliTexts.failure.runItAgainWithDebug : undefined)
  return {
    type: 'error',
    code: error.code,
    message: error.message,
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(fix === undefined ? {} : { fix }),
    exitCode: error instanceof CommandError ? error.exitCode : exitCodeOf(error),
  }
}

/** A target that is out of use because it refuses its keys is a matter of rights, not of the network. */
function exitCodeOf({ code, cause }: TidekeepError): ExitCode {
  const isRefusal = code === 'unavailable' && isTidekeepError(cause) && cause.code === 'forbidden'
  return isRefusal ? EXIT.auth : EXIT_BY_ERROR[code]
}
