import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { makeDirectories } from '../make-directories.ts'
import { TidekeepError } from '../../common/errors.ts'
import { replaceFileDurably } from './durable-file.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

const sealedSchema = z.object({ nonce: z.base64(), tag: z.base64(), text: z.base64() })
const common = {
  format: z.literal('tidekeep-account'),
  version: z.literal(1),
  name: z.string().min(1),
}
const oneDriveSchema = z.object({
  ...common,
  kind: z.literal('onedrive'),
  /** `person`: someone signed in. `application`: a program with rights of its own in one tenant. */
  access: z.enum(['person', 'application']),
  userName: z.string(),
  /** Who it is, in words of the authority: never changes for one name. */
  identity: z.string().min(1),
  /** Other after each sign-in. */
  generation: z.string().min(1),
  needsSignIn: z.boolean(),
  tenant: z.string().min(1),
  clientId: z.string().min(1),
  authority: z.url(),
  graphOrigin: z.url(),
  driveId: z.string().min(1).optional(),
  /** Tokens or keys, opened with a key of the secret store. */
  sealed: sealedSchema,
})
const s3Schema = z.object({ ...common, kind: z.literal('s3') })
const recordSchema = z.discriminatedUnion('kind', [oneDriveSchema, s3Schema])

/** Before a name, so that no account is called as Windows calls a device (`con`, `nul`). */
const PREFIX = 'account-'

/** A signed-in Microsoft account. Nothing in it opens anything without the key in the secret store. */
export type OneDriveRecord = z.infer<typeof oneDriveSchema>
/** Keys of an S3 store; the keys themselves are in the secret store under `s3:<name>`. */
export type S3Record = z.infer<typeof s3Schema>
/** One account of this installation. */
export type AccountRecord = z.infer<typeof recordSchema>

/**
 * The accounts of one installation, each in a file of its own: two programs that sign in at the same
 * time cannot lose each other's. Names are told apart without regard to case, as some disks do.
 */
export interface AccountFiles {
  /** By name. What cannot be read is left out here; `read` says why. */
  list(): readonly AccountRecord[]
  /** Throws `corrupt` (the file is left alone), `unsupported` (made by a newer version), `forbidden`. */
  read(name: string): AccountRecord | undefined
  /** True where there is a file of that name, readable or not. */
  has(name: string): boolean
  /** Durable on return. Throws `forbidden`, `quota-exceeded`. */
  write(record: AccountRecord): void
  remove(name: string): void
}

/** Opens `accounts` in the configuration directory; made when the first account is. */
export function openAccountFiles(configDirectory: string): AccountFiles {
  const directory = join(configDirectory, 'accounts')
  const pathOf = (name: string): string => join(directory, `${PREFIX}${accountFileName(name)}.json`)
  const read = (name: string): AccountRecord | undefined => readRecord(pathOf(name))
  return {
    read,
    has: (name) => existsSync(pathOf(name)),
    list: () =>
      namesIn(directory)
        .map((name) => readableOr(() => read(name)))
        .filter((record) => record !== undefined),
    write: (record) => {
      const path = pathOf(record.name)
      try {
        makeDirectories(directory)
        replaceFileDurably(path, `${JSON.stringify(record, null, 2)}\n`)
      } catch (error) {
        throw notSaved(path, error)
      }
    },
    remove: (name) => rmSync(pathOf(name), { force: true }),
  }
}

/** What an account's file and its key are called: one for all spellings of a name. */
export function accountFileName(name: string): string {
  return name.toLowerCase()
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.startsWith(PREFIX) && name.endsWith('.json'))
      .map((name) => name.slice(PREFIX.length, -'.json'.length))
      .toSorted()
  } catch {
    return []
  }
}

function readableOr(read: () => AccountRecord | undefined): AccountRecord | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function readRecord(path: string): AccountRecord | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TidekeepError({
      code: 'forbidden',
      message: stateFailureTexts.accountFiles.theAccountFileCannotBe({ path }),
      path,
      fix: stateFailureTexts.accountFiles.theAccountFileCannotBeFix,
    })
  }
  return parseRecord(text, path)
}

function parseRecord(text: string, path: string): AccountRecord {
  const parsed = z
    .string()
    .transform((raw, context): unknown => {
      try {
        return JSON.parse(raw)
      } catch {
        context.addIssue({ code: 'custom', message: stateFailureTexts.accountFiles.noJson })
        return z.NEVER
      }
    })
    .safeParse(text)
  const version = (parsed.data as { readonly version?: unknown } | null | undefined)?.version
  if (typeof version === 'number' && version > 1) {
    throw new TidekeepError({
      code: 'unsupported',
      message: stateFailureTexts.accountFiles.theAccountFileWasMade({ path }),
      path,
      fix: stateFailureTexts.accountFiles.theAccountFileWasMadeFix,
    })
  }
  const record = recordSchema.safeParse(parsed.data)
  if (record.success) return record.data
  throw new TidekeepError({
    code: 'corrupt',
    message: stateFailureTexts.accountFiles.theAccountFileIsDamaged({ path }),
    path,
    fix: stateFailureTexts.accountFiles.theAccountFileIsDamagedFix,
    retry: { kind: 'never' },
  })
}

function notSaved(path: string, error: unknown): TidekeepError {
  const code = (error as NodeJS.ErrnoException).code
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return new TidekeepError({
    code: isFull ? 'quota-exceeded' : 'forbidden',
    message: stateFailureTexts.accountFiles.notSaved({ isFull, path }),
    path,
    fix: stateFailureTexts.accountFiles.notSavedFix({ isFull }),
    cause: error,
  })
}
