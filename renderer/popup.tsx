import './styles/tokens.css'
import './styles/base.css'
import './styles/components.css'
import './styles/popup.css'
import { start } from './state/start.tsx'
import { Popup } from './views/popup/popup.tsx'

start(<Popup />)
