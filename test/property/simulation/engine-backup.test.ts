import { simulateEngine } from './engine-suite.ts'

simulateEngine('backup', 8_500)
