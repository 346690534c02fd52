// A web service that predicts what is on uploaded images, with batches made of concurrent requests. A new version of the model's file is
// swapped in while it runs.
//
//   dotnet run -c Release --project samples/PredictionService -- --urls http://localhost:5000
//   curl -F files=@one.png -F files=@two.jpg http://localhost:5000/predict
//   curl http://localhost:5000/health
//   curl http://localhost:5000/openapi/v1.json
//
// Without a model of your own (--Models:emoji:Path FILE) it first trains one on the emoji beside it, in a few seconds.
using TransferLearning.Samples;

WebApplication app = PredictionApp.Build(args);
await app.RunAsync();
