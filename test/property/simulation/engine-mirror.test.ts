import { simulateEngine } from './engine-suite.ts'

simulateEngine('mirror', 4_000)
