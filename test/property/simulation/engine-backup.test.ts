import { simulateEngine } from './engine-suite.ts'

simulateEngine('backup', 9_250)
