import { z } from 'zod'
import { saying, valueWordings } from '../value-wordings.ts'

/** Compiled validators need `new Function`, which the content security policy of the renderer forbids. Before any schema. */
z.config({ jitless: true })

/** Longest path or location a call takes. */
export const MAX_PATH_CHARS = 4096
/** Longest name a person gives. */
export const MAX_NAME_CHARS = 200
/** Most rows a call takes or answers. */
export const MAX_ROWS = 10_000

/** Text as it may be stored and shown: well-formed, and without NUL. */
export const text = (maxChars: number) =>
  z
    .string()
    .max(maxChars)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), saying(valueWordings.field.validText))
/** {@link text} of one character or more. */
export const nonEmpty = (maxChars: number) => text(maxChars).min(1, saying(valueWordings.field.notEmpty))
/** The id of a folder, an account, a sign-in. */
export const id = z.string().regex(/^[\w-]{1,64}$/, saying(valueWordings.field.id))
/** A name that other programs gave, such as a region. */
export const word = z.string().regex(/^[\w.@-]{1,128}$/, saying(valueWordings.field.word))
/** How many rows to answer. */
export const limit = z.int().min(1).max(MAX_ROWS)
/** The id of a row of the state. */
export const rowId = z.int().min(0)
/** Of a call that takes nothing. */
export const nothing = z.strictObject({})
/** Of a call that takes an id. */
export const byId = z.strictObject({ id })
