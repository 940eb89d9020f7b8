/** What the folders screen shows of one folder: its card, its editor, or what a pass would do. */
export interface FolderSection {
  readonly show: 'card' | 'edit' | 'plan'
  readonly folderId: string
}

/** The section of the route that {@link parseFolderSection} reads back. */
export function folderSection(show: 'edit' | 'plan', folderId: string): string {
  return `${show}.${folderId}`
}

/** Reads `edit.<id>`, `plan.<id>` or a bare id. */
export function parseFolderSection(section: string): FolderSection {
  const [, show, folderId] = /^(edit|plan)\.(.*)$/.exec(section) ?? []
  if (folderId === undefined) return { show: 'card', folderId: section }
  return { show: show === 'plan' ? 'plan' : 'edit', folderId }
}
