import { describe, expect, it } from 'vitest'
import type { ActivityView, FolderView, StatusView } from '../../common/protocol.ts'
import { cleanRoute } from '../../main/shell/origin.ts'
import { chooseCommands, commandsFor, fileCommands } from '../../renderer/views/palette/commands.ts'

const folders = [
  { id: 'f1', name: 'Documents', path: '/home/ada/Documents' },
  { id: 'f2', name: 'Old sync', path: '/home/ada/Old' },
] as FolderView[]
const status = { folders, pausedUntil: 0 } as unknown as StatusView
const labels = (query: string, of = status): readonly string[] =>
  chooseCommands(commandsFor(of), query).map(({ label }) => label)
const rowOf = (id: number, path: string, folderId = 'f1'): ActivityView => ({ id, path, folderId }) as ActivityView

describe('the commands of the palette', () => {
  it('are found by any words of theirs, in any order, those that begin with the first word before others', () => {
    expect(labels('sync')).toEqual([
      'Sync all folders now',
      'Sync Documents now',
      'Sync Old sync now',
      'Show Old sync',
      'Edit Old sync',
      'What would happen in Old sync',
      'Restore from Old sync',
    ])
    expect(labels('documents EDIT')).toEqual(['Edit Documents'])
    expect(labels('ada/old edit')).toEqual(['Edit Old sync'])
    expect(labels('no such thing')).toEqual([])
  })

  it('have an id each, and lead only to routes that the shell takes', () => {
    const commands = [...commandsFor(status), ...fileCommands([rowOf(1, "a/b (1)'s: ~.txt")], folders, 'txt')]
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length)
    for (const { deed } of commands) {
      if (deed.kind !== 'go') continue
      const route = deed.section === '' ? deed.screen : `${deed.screen}/${deed.section}`
      expect(cleanRoute(route)).toBe(route)
    }
  })

  it('offer to go on while paused, and nothing to sync without folders', () => {
    expect(labels('pause')).toEqual(['Pause for 2 hours', 'Pause for 8 hours', 'Pause until I resume'])
    expect(labels('resume', { ...status, pausedUntil: 'forever' })).toEqual(['Resume'])
    expect(labels('sync', { ...status, folders: [] })).toEqual([])
  })

  it('name files of the history once each, newest first, eight at most, and only of folders that are there', () => {
    const rows = [rowOf(9, 'x/Budget.xlsx'), rowOf(8, 'x/Budget.xlsx'), rowOf(7, 'budget-2.csv', 'gone')]
    expect(fileCommands(rows, folders, 'budget').map(({ label }) => label)).toEqual(['x/Budget.xlsx'])
    const many = Array.from({ length: 20 }, (_, index) => rowOf(index, `budget-${index}`))
    expect(fileCommands(many, folders, 'budget')).toHaveLength(8)
    expect(fileCommands(many, folders, 'b')).toEqual([])
  })
})
