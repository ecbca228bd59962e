// Whether WebGPU can be tested here: on a real adapter or on SwiftShader, the software Vulkan of Debian's chromium-common.

import { existsSync } from 'node:fs';
import { createGpuEngine } from '@rondo/engine-gpu';

const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Why WebGPU tests are skipped; undefined: they run. @throws Error where they must run (RONDO_REQUIRE_WEBGPU=1). */
export async function webgpuAbsence(): Promise<string | undefined> {
  if (process.env.VK_ICD_FILENAMES === undefined && existsSync(swiftShader)) process.env.VK_ICD_FILENAMES = swiftShader;
  try {
    const engine = await createGpuEngine('webgpu');
    await engine.dispose();
    return undefined;
  } catch (error) {
    if (process.env.RONDO_REQUIRE_WEBGPU === '1') throw error;
    return (error as Error).message;
  }
}
