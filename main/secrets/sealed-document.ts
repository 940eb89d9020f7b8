import { z } from 'zod'
import { TidekeepError } from '../../common/errors.ts'
import { secretFailureTexts } from './secret-failure-texts.ts'

const sealedSchema = z.object({ nonce: z.base64(), tag: z.base64(), text: z.base64() })
const documentSchema = z.object({
  format: z.literal('tidekeep-secrets'),
  version: z.literal(1),
  /** `machine`: sealed with the key file beside it. */
  key: z.enum(['passphrase', 'machine']),
  // Bounded: whoever can write the file must not make the program take all memory.
  scrypt: z.object({
    N: z
      .number()
      .int()
      .min(2)
      .max(2 ** 18),
    r: z.number().int().min(1).max(8),
    p: z.number().int().min(1).max(4),
    salt: z.base64().min(16),
  }),
  /** A known text under the key: tells a wrong key before anything is written with it. */
  check: sealedSchema,
  entries: z.array(z.object({ name: z.string(), sealed: sealedSchema })),
})

/** The content of `secrets.json`. */
export type SealedDocument = z.infer<typeof documentSchema>

/** Throws `corrupt` (the file is left alone) or `unsupported` (made by a newer version). */
export function parseDocument(text: string, path: string): SealedDocument {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    throw damaged(path)
  }
  const version = (raw as { readonly version?: unknown } | null)?.version
  if (typeof version === 'number' && version > 1) {
    throw new TidekeepError({
      code: 'unsupported',
      message: secretFailureTexts.sealedDocument.theSecretsFileWasMade({ path }),
      path,
      fix: secretFailureTexts.sealedDocument.theSecretsFileWasMadeFix,
    })
  }
  const result = documentSchema.safeParse(raw)
  if (!result.success) throw damaged(path)
  return result.data
}

function damaged(path: string): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: secretFailureTexts.sealedDocument.theSecretsFileIsDamaged({ path }),
    path,
    fix: secretFailureTexts.sealedDocument.theSecretsFileIsDamagedFix,
    retry: { kind: 'never' },
  })
}
