// What a program sees that has nothing but the package.
using TransferLearning;

using Dataset training = ImageFolder.Open("emoji.zip", "train");
using Dataset test = ImageFolder.Open("emoji.zip", "val");
using TransferModel model = TransferModel.Create("resnet20", classes: 3).ReplaceHead(training.ClassNames.Count);
TrainingHistory history = model.FineTune(training, new Sgd(learningRate: 0.01, momentum: 0.9), new FineTuneOptions { Epochs = 1 });
EvaluationResult result = model.Evaluate(test);
model.Save("consumer.tl");
using TransferModel again = TransferModel.Load("consumer.tl");
Console.WriteLine($"loss {history.FinalLoss:F3}, accuracy {result.Accuracy:P1}, loaded again {again.Evaluate(test).Accuracy:P1}");
return again.Evaluate(test).Accuracy == result.Accuracy && double.IsFinite(history.FinalLoss) ? 0 : 1;
