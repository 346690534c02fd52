using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using TransferLearning.Hosting;

namespace TransferLearning.Samples;

/// <summary>The service, so that tests and measurements run the same one.</summary>
public static class PredictionApp
{
    private const string Model = "emoji";
    private const int MaxFiles = 16;
    private const int MaxFileBytes = 5 << 20;
    private const int MaxBodyBytes = (MaxFiles * MaxFileBytes) + (1 << 20);

    /// <summary>Builds it; nothing listens yet.</summary>
    /// <param name="args">Configuration: <c>--urls</c>, <c>--Models:emoji:Path</c>, …</param>
    /// <param name="configure">Changes services, after all others.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = MaxBodyBytes);
        builder.Services.Configure<FormOptions>(form => form.MultipartBodyLengthLimit = MaxBodyBytes);
        builder.Services.AddOpenApi();
        builder.Services.AddProblemDetails();
        builder.Services.AddTransferModel(Model).BindConfiguration($"Models:{Model}").PostConfigure(TrainIfMissing);
        builder.Services.AddHealthChecks().AddTransferModel(Model);
        configure?.Invoke(builder.Services);

        WebApplication app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages(); // problem details also where the server itself refuses: a body that is too large, no form
        app.MapOpenApi();
        app.MapHealthChecks("/health");
        app.MapPost("/predict", PredictAsync)
            .DisableAntiforgery() // for programs, which bring no cookies
            .WithSummary($"Predicts what is on up to {MaxFiles} images of at most {MaxFileBytes >> 20} MB each.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        return app;
    }

    private static async Task<Results<Ok<FilePrediction[]>, ProblemHttpResult>> PredictAsync(
        IFormFileCollection files, [FromKeyedServices(Model)] IModelPredictor model, HttpResponse response,
            CancellationToken cancellationToken)
    {
        if (files.Count is 0 or > MaxFiles)
        {
            return TypedResults.Problem(
                $"There are {files.Count} files; expected 1 to {MaxFiles} in the form field 'files'.",
                    statusCode: StatusCodes.Status400BadRequest);
        }

        if (files.FirstOrDefault(file => file.Length > MaxFileBytes) is { } large)
        {
            return TypedResults.Problem(
                $"'{large.FileName}' has {large.Length} bytes; expected at most {MaxFileBytes}.",
                statusCode: StatusCodes.Status413PayloadTooLarge);
        }

        try
        {
            return TypedResults.Ok(await Task.WhenAll(files.Select(file => PredictFileAsync(file, model, cancellationToken))));
        }
        catch (ModelOverloadedException busy)
        {
            response.Headers.RetryAfter = ((int)Math.Ceiling(busy.RetryAfter.TotalSeconds)).ToString(
                System.Globalization.CultureInfo.InvariantCulture);
            return TypedResults.Problem(busy.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<FilePrediction> PredictFileAsync(IFormFile file, IModelPredictor model, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[file.Length];
        await using (Stream content = file.OpenReadStream())
        {
            await content.ReadExactlyAsync(bytes, cancellationToken);
        }

        try
        {
            HostedPrediction hosted = await model.PredictAsync(new EncodedImage(bytes), cancellationToken);
            return new FilePrediction(file.FileName, hosted.Prediction.ClassName, hosted.Prediction.Probability, hosted.Version.Number);
        }
        catch (MediaException damaged)
        {
            return new FilePrediction(file.FileName, Error: damaged.Message);
        }
    }

    private static void TrainIfMissing(HostedModelOptions options)
    {
        string beside = AppContext.BaseDirectory;
        options.Path = Path.GetFullPath(options.Path, beside);
        if (File.Exists(options.Path) || Directory.Exists(options.Path))
        {
            return;
        }

        using Dataset emoji = ImageFolder.Open(Path.Combine(beside, "emoji.zip"), "train");
        using ImageModel model = Pretrained.Load("resnet20", Path.Combine(beside, "resnet20-cifar10.safetensors"))
            .ReplaceHead(emoji.ClassNames.Count);
        model.Probe(emoji, new LogisticProbe());
        model.Save(options.Path);
    }
}
