import type { MenuItemConstructorOptions } from 'electron'
import type { ElectronApi, Platform } from './electron-api.ts'

/** What the menu bar can make happen. */
export interface MenuActions {
  readonly openSettings: () => void
  readonly addFolder: () => void
  readonly quit: () => void
}

/** macOS needs a menu bar for its editing keys to work; elsewhere the window is complete without one. */
export function setApplicationMenu(
  electron: Pick<ElectronApi, 'Menu'>,
  platform: Platform,
  actions: MenuActions,
): void {
  const { Menu } = electron
  Menu.setApplicationMenu(platform === 'darwin' ? Menu.buildFromTemplate(macMenu(actions)) : null)
}

function macMenu(actions: MenuActions): MenuItemConstructorOptions[] {
  return [
    {
      label: 'Tidekeep',
      submenu: [
        { role: 'about' },
        { type: 'separator' },
        { label: 'Settings…', accelerator: 'Command+,', click: actions.openSettings },
        { type: 'separator' },
        { role: 'hide' },
        { role: 'hideOthers' },
        { role: 'unhide' },
        { type: 'separator' },
        { label: 'Quit Tidekeep', accelerator: 'Command+Q', click: actions.quit },
      ],
    },
    { label: 'File', submenu: [{ label: 'Add Folder…', click: actions.addFolder }, { role: 'close' }] },
    { role: 'editMenu' },
    { role: 'windowMenu' },
  ]
}
