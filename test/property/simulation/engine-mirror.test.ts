import { simulateEngine } from './engine-suite.ts'

simulateEngine('mirror', 8_500)
