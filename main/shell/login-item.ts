import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { ElectronApi, Platform } from './electron-api.ts'
import { HIDDEN_FLAG } from './single-instance.ts'

/** Starting with the computer. */
export interface LoginItem {
  /** Idempotent; takes back what an earlier version left. */
  set(enabled: boolean): Promise<void>
}

/** macOS and Windows are asked through Electron; Linux desktops read a desktop entry. */
export function createLoginItem(
  electron: Pick<ElectronApi, 'app'>,
  { platform, env }: { readonly platform: Platform; readonly env: NodeJS.ProcessEnv },
): LoginItem {
  if (platform !== 'linux') {
    return {
      set: async (enabled) =>
        electron.app.setLoginItemSettings({
          openAtLogin: enabled,
          ...(platform === 'win32' ? { args: [HIDDEN_FLAG] } : {}),
        }),
    }
  }
  const file = autostartFile(env)
  return {
    set: async (enabled) => {
      if (!enabled) {
        await rm(file, { force: true })
        return
      }
      // An AppImage runs from a mount that is gone after the next login; APPIMAGE names the file itself.
      const command = [
        env['APPIMAGE'] ?? process.execPath,
        ...(electron.app.isPackaged ? [] : [electron.app.getAppPath()]),
      ]
      await mkdir(dirname(file), { recursive: true })
      await writeFile(`${file}.new`, desktopEntry([...command, HIDDEN_FLAG]), { mode: 0o644 })
      await rename(`${file}.new`, file)
    },
  }
}

/** By the XDG base directory specification, which has relative values ignored. */
export function autostartFile(env: NodeJS.ProcessEnv): string {
  const configured = env['XDG_CONFIG_HOME'] ?? ''
  const config = isAbsolute(configured) ? configured : join(env['HOME'] ?? homedir(), '.config')
  return join(config, 'autostart', 'app.tidekeep.desktop')
}

/** A desktop entry that starts `command`; every argument is quoted by the specification's two rules, the `Exec` one and the string one. */
export function desktopEntry(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Version=1.5',
    'Name=Tidekeep',
    'Comment=Keeps your folders safe',
    `Exec=${command.map(quoteExec).join(' ')}`,
    'Icon=tidekeep',
    'Terminal=false',
    'Categories=Utility;',
    'X-GNOME-Autostart-enabled=true',
    'StartupNotify=false',
    '',
  ].join('\n')
}

function quoteExec(argument: string): string {
  const quoted = `"${argument.replaceAll('%', '%%').replace(/["`$\\]/g, '\\$&')}"`
  return quoted.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
