import { expect, it } from 'vitest'
import { CopyTurns } from '../../main/providers/local/copy-turns.ts'

it('so many copies run at once, the others in their order, also after one that failed', async () => {
  const turns = new CopyTurns(2)
  const begun: string[] = []
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>()
  const copy = (name: string): Promise<void> =>
    turns.run(() => {
      begun.push(name)
      return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject }))
    })
  const copies = ['a', 'b', 'c', 'd', 'e'].map(copy)
  expect(begun).toEqual(['a', 'b'])
  ends.get('b')!.reject(new Error('the disk is full'))
  await expect(copies[1]).rejects.toThrow('the disk is full')
  expect(begun).toEqual(['a', 'b', 'c'])
  ends.get('c')!.resolve()
  await copies[2]
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  ends.get('a')!.resolve()
  await copies[0]
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e'])
  ends.get('d')!.resolve()
  ends.get('e')!.resolve()
  await Promise.all([copies[3], copies[4]])
  await turns.run(() => Promise.resolve())
})
