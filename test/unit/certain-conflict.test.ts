import { describe, expect, it } from 'vitest'
import type { Action } from '../../common/action.ts'
import type { BaselineEntry, Entry, EntryKind } from '../../common/model.ts'
import { isCertainConflict } from '../../main/engine/plan/certain-conflict.ts'

const entry = (size: number, kind: EntryKind = 'file'): Entry =>
  ({ path: 'a', kind, size, mtimeNs: 1n, mode: 0o644 }) as Entry
const agreedOn = (size: number, kind: EntryKind = 'file'): BaselineEntry =>
  ({ path: 'a', kind, size, mtimeNs: 1n, contentHash: 'h', remote: { size, verifiedBy: 'checksum' } }) as BaselineEntry
const settle = (local: Entry, remote: Entry, base?: BaselineEntry): Action =>
  ({ kind: 'settle', path: 'a', local, remote, ...(base === undefined ? {} : { base }) }) as Action

describe('comparing two versions in one place', () => {
  it('can only end in a conflict where sizes differ and nothing was agreed on', () => {
    expect(isCertainConflict(settle(entry(1), entry(2)))).toBe(true)
    expect(isCertainConflict(settle(entry(2), entry(2)))).toBe(false)
  })

  it('can only end in a conflict where neither has the size of what was agreed on', () => {
    expect(isCertainConflict(settle(entry(1), entry(2), agreedOn(3)))).toBe(true)
    expect(isCertainConflict(settle(entry(3), entry(2), agreedOn(3)))).toBe(false)
    expect(isCertainConflict(settle(entry(1), entry(3), agreedOn(3)))).toBe(false)
  })

  it('can only end in a conflict between a file and a folder, unless the folder was agreed on and may give way', () => {
    expect(isCertainConflict(settle(entry(1), entry(0, 'directory')))).toBe(true)
    expect(isCertainConflict(settle(entry(1), entry(0, 'directory'), agreedOn(0, 'directory')))).toBe(false)
  })

  it('is no conflict between two folders, and no other action is one', () => {
    expect(isCertainConflict(settle(entry(0, 'directory'), entry(0, 'directory')))).toBe(false)
    expect(isCertainConflict({ kind: 'delete', path: 'a', base: agreedOn(1) } as unknown as Action)).toBe(false)
  })
})
