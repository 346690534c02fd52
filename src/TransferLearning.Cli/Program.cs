using TransferLearning.Cli;

return await Tool.RunAsync(args).ConfigureAwait(false);
