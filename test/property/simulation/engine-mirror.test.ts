import { simulateEngine } from './engine-suite.ts'

simulateEngine('mirror', 9_250)
