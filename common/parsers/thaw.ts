import { z } from 'zod'
import { byId, id, rowId } from './fields.ts'

const MAX_DAYS = 365
const byRow = z.strictObject({ id: rowId })

/** Of the calls of `thaw`. */
export const thawSchemas = {
  'thaw.plan': byId,
  'thaw.planned': byId,
  'thaw.request': z.strictObject({
    id,
    speed: z.enum(['expedited', 'standard', 'bulk']),
    days: z.int().min(1).max(MAX_DAYS),
  }),
  'thaw.list': z.strictObject({ folderId: id.exactOptional() }),
  'thaw.cancel': byRow,
  'thaw.forget': byRow,
}
