import './styles/tokens.css'
import './styles/base.css'
import './styles/components.css'
import './styles/window.css'
import './styles/lists.css'
import './styles/folders.css'
import './styles/editor.css'
import './styles/diagnostics.css'
import './styles/palette.css'
import './styles/wizard.css'
import './styles/speed.css'
import './styles/conflicts.css'
import './styles/targets.css'
import './styles/restore.css'
import { start } from './state/start.tsx'
import { BrowserNotices } from './components/browser-notices.tsx'
import { Toasts } from './components/toasts.tsx'
import { MainWindow } from './views/main-window.tsx'
import { hearPaletteKeys } from './views/palette/early-keys.ts'
import { loadFirstScreen } from './views/screens.ts'

loadFirstScreen()
hearPaletteKeys()
start(
  <Toasts>
    <BrowserNotices />
    <MainWindow />
  </Toasts>,
)
