import { describe, expect, it } from 'vitest'
import type { Action, BaselineEntry, Entry } from '../../common/model.ts'
import { lossSign } from '../../main/engine/plan/suspect.ts'
import type { ContentSample } from '../../workers/tasks.ts'
import { baseFile, localFile, rel } from '../fixtures/entries.ts'

const ZEROS: ContentSample = { sampledBytes: 9, bits: 0, headBits: 0, head: '00'.repeat(9), isZero: true }

/** What is said of a file of 100 bytes, safe since time 10, that is now found like this. */
function signOf(
  local: Partial<Entry>,
  { base = {}, sample }: { base?: Partial<BaselineEntry>; sample?: ContentSample } = {},
) {
  const identity = { inode: '1:1', ctimeNs: 20n }
  const action: Action = {
    kind: 'upload',
    path: rel('a'),
    expect: { kind: 'any' },
    base: { ...baseFile('a', { size: 100, mtimeNs: 10n, ctimeNs: 10n }), ...base },
    local: { ...localFile('a', { size: 120, mtimeNs: 20n }), identity, ...local },
  }
  return lossSign(action, sample)
}

describe('after the machine went down, a changed file', () => {
  it('is suspect when it is empty, and something of it was safe', () => {
    expect(signOf({ size: 0 })).toMatch('empty')
    expect(signOf({ size: 0, mtimeNs: 10n })).toMatch('empty')
    expect(signOf({ size: 0 }, { base: { size: 0 } })).toBeUndefined()
  })

  it('is suspect when it has another size and was not saved again', () => {
    expect(signOf({ size: 60, mtimeNs: 10n })).toMatch('another size')
    expect(signOf({ size: 100, mtimeNs: 10n })).toBeUndefined()
  })

  it('is suspect when its time, or that of its last change, went back', () => {
    expect(signOf({ mtimeNs: 9n })).toMatch('older')
    expect(signOf({ mtimeNs: 9n }, { base: { size: 0 } })).toMatch('older')
    expect(signOf({ identity: { inode: '1:2', ctimeNs: 9n } })).toMatch('from before')
  })

  it('is suspect when nothing but zeros is left of it', () => {
    expect(signOf({}, { sample: ZEROS })).toMatch('zeros')
    expect(signOf({}, { sample: { ...ZEROS, isZero: false } })).toBeUndefined()
  })

  it('is an edit when it was saved again', () => {
    expect(signOf({})).toBeUndefined()
  })

  it('is never suspect when it is new', () => {
    const local = localFile('a', { size: 0 })
    expect(lossSign({ kind: 'upload', path: rel('a'), local, expect: { kind: 'absent' } }, ZEROS)).toBeUndefined()
  })
})
