import type { BrowserWindow } from 'electron'
import { desktopTexts } from './desktop-texts.ts'
import type { ElectronApi } from './electron-api.ts'

/** Asks for one directory over `window`. Null when the person changed their mind. */
export async function pickFolder(electron: Pick<ElectronApi, 'dialog'>, window: BrowserWindow): Promise<string | null> {
  const { canceled, filePaths } = await electron.dialog.showOpenDialog(window, {
    title: desktopTexts.chooseFolder,
    buttonLabel: desktopTexts.choose,
    properties: ['openDirectory', 'createDirectory', 'dontAddToRecent'],
  })
  return canceled ? null : (filePaths[0] ?? null)
}
