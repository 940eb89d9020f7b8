import { readFile } from 'node:fs/promises'
import { TidekeepError } from '../../common/errors.ts'
import { serviceFailureTexts } from './service-failure-texts.ts'

const MIN_CHARS = 20

/**
 * The operator's token from `TIDEKEEP_TOKEN`, or from the file `TIDEKEEP_TOKEN_FILE` names; undefined
 * when neither is set. Throws `invalid` for a token that could be guessed, `not-found` for a missing file.
 */
export async function readOperatorToken(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const inline = environment['TIDEKEEP_TOKEN']
  const file = environment['TIDEKEEP_TOKEN_FILE']
  if (inline !== undefined && inline !== '') return checked(inline, 'TIDEKEEP_TOKEN')
  if (file === undefined || file === '') return undefined
  return checked((await read(file)).trim(), file)
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new TidekeepError({
      code: 'not-found',
      message: serviceFailureTexts.operatorToken.theTokenFileCannotBe({ file }),
      path: file,
      fix: serviceFailureTexts.operatorToken.theTokenFileCannotBeFix,
      cause: error,
    })
  }
}

function checked(token: string, where: string): string {
  if (new RegExp(`^[\\x21-\\x7e]{${MIN_CHARS},512}$`).test(token)) return token
  throw new TidekeepError({
    code: 'invalid',
    message: serviceFailureTexts.operatorToken.theTokenInMustHave({ where, MINCHARS: MIN_CHARS }),
    fix: serviceFailureTexts.operatorToken.theTokenInMustHaveFix,
  })
}
