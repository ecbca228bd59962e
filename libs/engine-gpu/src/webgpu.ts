// WebGPU in Node: Dawn behind `navigator.gpu`, where gpu.js looks for it, and the one device that all engines of a thread share.

import gpujs from 'gpu.js';

/** The part of gpu.js's device singleton that its type declarations leave out. */
interface WebGPUContext {
  acquire(): Promise<{ adapter: Adapter; device: object }>;
  destroy(): Promise<void>;
}

interface Adapter {
  readonly info: AdapterInfo;
}

export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

const context = (gpujs as unknown as { WebGPUContext: WebGPUContext }).WebGPUContext;
let users = 0;

/**
 * Takes a share in the device; every call needs a `releaseWebGPU`.
 * @throws Error that says what to install when there is no adapter.
 */
export async function acquireWebGPU(): Promise<AdapterInfo> {
  await provideNavigatorGpu();
  users += 1;
  try {
    const { adapter } = await context.acquire();
    return adapter.info;
  } catch (cause) {
    users -= 1;
    const hint =
      "Install a Vulkan loader (Debian: libvulkan1) and the GPU's Vulkan driver; for a software GPU install chromium-common " +
      'and set VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json; or choose the engine cpu.';
    throw new Error(`webgpu does not work here: ${(cause as Error).message.split('. ')[0]}. ${hint}`, { cause });
  }
}

/** The last release destroys the device: Dawn crashes at exit when it is collected instead. */
export async function releaseWebGPU(): Promise<void> {
  users -= 1;
  if (users === 0) await context.destroy();
}

/** Sets `navigator.gpu` where there is none; Node before 21 has no `navigator` at all. */
async function provideNavigatorGpu(): Promise<void> {
  const scope = globalThis as { navigator?: { gpu?: unknown } };
  if (scope.navigator?.gpu) return;
  const { create } = await import('webgpu').catch((cause: unknown) => {
    throw new Error(
      `webgpu does not work here: the package webgpu has no binary for ${process.platform}-${process.arch}`,
      { cause },
    );
  });
  const gpu = { value: create([]), configurable: true };
  if (scope.navigator) Object.defineProperty(scope.navigator, 'gpu', gpu);
  else Object.defineProperty(scope, 'navigator', { value: Object.defineProperty({}, 'gpu', gpu), configurable: true });
}
