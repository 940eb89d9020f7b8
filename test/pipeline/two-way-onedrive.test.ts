import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { AGREED_MS, Pair } from '../fakes/graph/pair.ts'

const FIRST = { a: 'first a', 'd/b': 'first b', 'd/c': 'first c', 'Plain.txt': 'first p' }

/** Which of two spellings of a folder is kept is not told here. */
const inLowerCase = (tree: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tree).map(([path, content]) => [path.toLowerCase(), content]))

const opened: Pair[] = []
afterEach(async () => {
  for (const pair of opened.splice(0)) await pair.close()
})

async function agreeOn(files: Record<string, string>, options: GraphFixtureOptions = {}): Promise<Pair> {
  const pair = await Pair.open(files, options)
  await pair.start()
  opened.push(pair)
  await pair.settle()
  expect(pair.cloud.tree()).toEqual(pair.here())
  return pair
}

describe.each([
  { name: 'a personal drive', kind: 'personal' },
  { name: 'a folder of a personal drive', kind: 'personal', folder: 'Shared' },
  { name: 'a folder of a company', kind: 'business', folder: 'Shared/team' },
] as const)('a folder and $name that follow each other', ({ kind, ...rest }) => {
  const options: GraphFixtureOptions = { kind, ...rest }

  it('join what either has, bring edits, deletions and new files both ways, and come to rest', async () => {
    const pair = await agreeOn(FIRST, options)
    pair.cloud.write('a', 'edited there')
    pair.write('d/b', 'edited here')
    pair.cloud.write('new/there', 'n')
    pair.write('new/here', 'h')
    pair.cloud.remove('d/c')
    rmSync(join(pair.source, 'Plain.txt'))
    await pair.settle()
    const both = { a: 'edited there', 'd/': '', 'd/b': 'edited here', 'new/': '', 'new/there': 'n', 'new/here': 'h' }
    expect(pair.here()).toEqual(both)
    expect(pair.cloud.tree()).toEqual(both)
    expect(pair.kept()).toEqual(['first a', 'first c'])
    expect(pair.cloud.binned()).toContain('Plain.txt')
  })

  it('follow renames and moves of files and folders on either side without sending or fetching files anew', async () => {
    const pair = await agreeOn({ ...FIRST, 'e/f': 'first f', 'e/g': 'first g' }, options)
    pair.cloud.move('d', 'moved/there')
    pair.cloud.move('a', 'renamed there')
    renameSync(join(pair.source, 'e'), join(pair.source, 'moved here'))
    renameSync(join(pair.source, 'Plain.txt'), join(pair.source, 'renamed here'))
    const did = await pair.settle()
    expect(pair.here()).toEqual({
      'moved/': '',
      'moved/there/': '',
      'moved/there/b': 'first b',
      'moved/there/c': 'first c',
      'renamed there': 'first a',
      'moved here/': '',
      'moved here/f': 'first f',
      'moved here/g': 'first g',
      'renamed here': 'first p',
    })
    expect(pair.cloud.tree()).toEqual(pair.here())
    expect(did.filter((each) => /^(whole|download) /.test(each))).toEqual([])
    expect(pair.kept()).toEqual([])
  })

  it('let an edit beat a deletion, and leave both versions of what both edited, until somebody makes them the same', async () => {
    const pair = await agreeOn(FIRST, options)
    pair.write('d/b', 'edited here')
    pair.cloud.remove('d/b')
    rmSync(join(pair.source, 'd/c'))
    pair.cloud.write('d/c', 'edited there')
    pair.write('a', 'edited here')
    pair.cloud.write('a', 'edited there')
    await pair.settle()
    expect(pair.here()).toMatchObject({ a: 'edited here', 'd/b': 'edited here', 'd/c': 'edited there' })
    expect(pair.cloud.tree()).toMatchObject({ a: 'edited there', 'd/b': 'edited here', 'd/c': 'edited there' })
    expect(pair.conflictAt('a')).toBe('edit-edit')
    expect(pair.kept()).toEqual([])
    pair.cloud.write('a', 'edited here')
    await pair.settle()
    expect(pair.conflictAt('a')).toBeUndefined()
    expect(pair.cloud.tree()).toEqual(pair.here())
  })

  it('follow a file that is renamed by case alone at the drive, and agree on one spelling of a folder', async () => {
    const pair = await agreeOn(FIRST, options)
    pair.cloud.move('a', 'A')
    pair.cloud.move('d', 'D')
    await pair.settle()
    expect(pair.here()).toMatchObject({ A: 'first a', 'Plain.txt': 'first p' })
    expect(inLowerCase(pair.here())).toEqual(inLowerCase({ ...FIRST, 'd/': '' }))
    expect(pair.cloud.tree()).toEqual(pair.here())
    expect(pair.kept()).toEqual([])
  })

  it('follow a rename by case alone here, and send nothing for it', async () => {
    const pair = await agreeOn(FIRST, options)
    renameSync(join(pair.source, 'Plain.txt'), join(pair.source, 'PLAIN.txt'))
    renameSync(join(pair.source, 'd'), join(pair.source, 'D'))
    const did = await pair.settle()
    expect(pair.here()).toEqual({ a: 'first a', 'D/': '', 'D/b': 'first b', 'D/c': 'first c', 'PLAIN.txt': 'first p' })
    expect(pair.cloud.tree()).toEqual(pair.here())
    expect(did.filter((each) => /^(whole|download) /.test(each))).toEqual([])
    expect(pair.kept()).toEqual([])
  })

  it('follow renames by case alone on both sides at once, and undo none of them', async () => {
    const pair = await agreeOn({ ...FIRST, 'Docs/x': 'first x' }, options)
    renameSync(join(pair.source, 'Plain.txt'), join(pair.source, 'PLAIN.txt'))
    renameSync(join(pair.source, 'Docs'), join(pair.source, 'docs'))
    pair.cloud.move('a', 'A')
    pair.cloud.move('d', 'D')
    await pair.settle()
    const renamed = { A: 'first a', 'PLAIN.txt': 'first p', 'docs/': '', 'docs/x': 'first x' }
    expect(pair.here()).toMatchObject(renamed)
    expect(inLowerCase(pair.here())).toEqual(inLowerCase({ ...FIRST, ...renamed, 'd/': '' }))
    expect(pair.cloud.tree()).toEqual(pair.here())
  })

  it('take an older version that comes back at the drive for a conflict, not for an update', async () => {
    const pair = await agreeOn(FIRST, options)
    pair.write('a', 'second a')
    await pair.settle()
    pair.cloud.write('a', 'first a', AGREED_MS - 3_600_000)
    await pair.settle()
    expect(pair.conflictAt('a')).toBe('rolled-back')
    expect([pair.here()['a'], pair.cloud.tree()['a']]).toEqual(['second a', 'first a'])
  })

  it('take up again after a restart, with what happened at the drive meanwhile', async () => {
    const pair = await agreeOn(FIRST, options)
    await pair.harness.stop()
    pair.cloud.write('a', 'edited there')
    pair.cloud.remove('d')
    rmSync(join(pair.source, 'Plain.txt'))
    await pair.start()
    await pair.settle()
    expect(pair.here()).toEqual({ a: 'edited there' })
    expect(pair.cloud.tree()).toEqual({ a: 'edited there' })
    expect(pair.kept()).toEqual(['first a', 'first b', 'first c'])
  })
})

describe('a folder and a SharePoint library that follow each other', () => {
  it('do not bounce a file back and forth that the library rewrites, and bring a real edit of it', async () => {
    const pair = await agreeOn({ 'notes.txt': 'n' }, { kind: 'documentLibrary', folder: 'Shared' })
    pair.write('report.docx', 'written here')
    expect(await pair.settle()).toEqual(['whole report.docx'])
    expect(pair.cloud.tree()['report.docx']).toMatch(/^written here</)
    expect(pair.here()['report.docx']).toBe('written here')
    // The library touches it whenever it likes.
    pair.cloud.touch('report.docx')
    expect(await pair.settle()).toEqual([])
    pair.cloud.write('report.docx', 'written there', Date.now() + 5_000)
    await pair.settle()
    expect(pair.here()['report.docx']).toMatch(/^written there/)
    pair.write('report.docx', 'and here again')
    await pair.settle()
    expect(pair.cloud.tree()['report.docx']).toMatch(/^and here again</)
    expect(pair.here()['report.docx']).toBe('and here again')
  })

  it('hold both versions where both edited a file that the library rewrites', async () => {
    const pair = await agreeOn({ 'notes.txt': 'n' }, { kind: 'documentLibrary', folder: 'Shared' })
    pair.write('report.docx', 'written here')
    await pair.settle()
    pair.write('report.docx', 'edited here, longer')
    pair.cloud.write('report.docx', 'edited there', Date.now() + 5_000)
    await pair.settle()
    expect(pair.conflictAt('report.docx')).toBe('edit-edit')
    expect(pair.here()['report.docx']).toBe('edited here, longer')
    expect(pair.cloud.tree()['report.docx']).toMatch(/^edited there/)
  })
})
