global using TransferLearning.Layers;
