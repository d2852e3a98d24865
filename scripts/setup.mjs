import { ensure } from './setup/install.mjs';
import { steps } from './setup/steps.mjs';

try {
  await ensure(steps.map(step => step.name));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
