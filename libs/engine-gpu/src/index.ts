// engine-gpu
export {};
